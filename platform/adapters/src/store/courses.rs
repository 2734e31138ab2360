//! Courses and who belongs to them.

use super::SqlStore;
use super::db::{RowExt, failed};
use super::list::{List, page_of};
use super::rows;
use async_trait::async_trait;
use domain::course::{Course, CourseRole, Membership};
use domain::user::User;
use domain::{CourseId, UserId};
use ports::Result;
use ports::store::{Courses, Page, PageOf, plain};
use sqlx::any::AnyRow;

#[async_trait]
impl Courses for SqlStore {
    async fn insert_course(&self, course: &Course) -> Result<()> {
        plain("store a course", [&*course.code, &*course.title])?;
        let doing = "store a course";
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            let sql = "INSERT INTO courses (id, code, title, created_at) VALUES ($1, $2, $3, $4)";
            sqlx::query(sql)
                .bind(course.id.to_string())
                .bind(&course.code)
                .bind(&course.title)
                .bind(course.created_at.0)
                .execute(&mut *tx)
                .await?;
            tx.commit().await
        };
        write.await.map_err(failed(doing))
    }

    async fn course(&self, id: CourseId) -> Result<Option<Course>> {
        let row = sqlx::query("SELECT id, code, title, created_at FROM courses WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.db.readers())
            .await;
        row.and_then(|row| row.as_ref().map(course).transpose())
            .map_err(failed("read a course"))
    }

    async fn course_by_code(&self, code: &str) -> Result<Option<Course>> {
        plain("read a course", [code])?;
        let row = sqlx::query("SELECT id, code, title, created_at FROM courses WHERE code = $1")
            .bind(code)
            .fetch_optional(self.db.readers())
            .await;
        row.and_then(|row| row.as_ref().map(course).transpose())
            .map_err(failed("read a course"))
    }

    async fn courses(&self, of: Option<UserId>, page: &Page) -> Result<PageOf<Course>> {
        plain("list courses", page.before.as_deref())?;
        let all = "SELECT c.id, c.code, c.title, c.created_at FROM courses c WHERE 1 = 1";
        let theirs = "SELECT c.id, c.code, c.title, c.created_at FROM course_members m \
                      JOIN courses c ON c.id = m.course_id WHERE 1 = 1";
        // Members come by course, so the page of somebody's courses is read off their index.
        let (select, id) = match of {
            Some(_) => (theirs, "m.course_id"),
            None => (all, "c.id"),
        };
        let found = List::default()
            .with("m.user_id", of)
            .fetch(self.db.readers(), page, id, select, "")
            .await;
        let read = |found: Vec<AnyRow>| found.iter().map(course).collect();
        let items = found.and_then(read).map_err(failed("list courses"))?;
        Ok(page_of(items, page.limit, |course: &Course| {
            course.id.to_string()
        }))
    }

    async fn name_course(&self, id: CourseId, code: &str, title: &str) -> Result<bool> {
        let doing = "name a course";
        plain(doing, [code, title])?;
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            let done = sqlx::query("UPDATE courses SET code = $2, title = $3 WHERE id = $1")
                .bind(id.to_string())
                .bind(code)
                .bind(title)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(done.rows_affected() == 1)
        };
        write.await.map_err(failed(doing))
    }

    async fn enrol(&self, course: CourseId, user: UserId, role: CourseRole) -> Result<()> {
        let doing = "enrol somebody in a course";
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            sqlx::query(
                "INSERT INTO course_members (course_id, user_id, role) VALUES ($1, $2, $3) \
                 ON CONFLICT (course_id, user_id) DO UPDATE \
                 SET role = excluded.role, by_provider = 0",
            )
            .bind(course.to_string())
            .bind(user.to_string())
            .bind(role.as_str())
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        };
        write.await.map_err(failed(doing))
    }

    async fn unenrol(&self, course: CourseId, user: UserId) -> Result<bool> {
        let doing = "let somebody leave a course";
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            let sql = "DELETE FROM course_members WHERE course_id = $1 AND user_id = $2";
            let done = sqlx::query(sql)
                .bind(course.to_string())
                .bind(user.to_string())
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(done.rows_affected() == 1)
        };
        write.await.map_err(failed(doing))
    }

    async fn members(&self, course: CourseId, page: &Page) -> Result<PageOf<(User, CourseRole)>> {
        plain("list the members of a course", page.before.as_deref())?;
        let select = "SELECT u.body, u.password, m.role FROM course_members m \
                      JOIN users u ON u.id = m.user_id WHERE 1 = 1";
        let found = List::default()
            .with("m.course_id", Some(course))
            .fetch(self.db.readers(), page, "m.user_id", select, "")
            .await;
        let member = |row: &AnyRow| Ok((rows::user(row, "body", "password")?, row.parse("role")?));
        let read = |found: Vec<AnyRow>| found.iter().map(member).collect();
        let items = found.and_then(read);
        let items: Vec<(User, CourseRole)> =
            items.map_err(failed("list the members of a course"))?;
        Ok(page_of(items, page.limit, |(user, _)| user.id.to_string()))
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>> {
        let sql = "SELECT course_id, role FROM course_members WHERE user_id = $1 \
                   ORDER BY course_id";
        let found = sqlx::query(sql)
            .bind(user.to_string())
            .fetch_all(self.db.readers())
            .await;
        let read = |found: Vec<AnyRow>| found.iter().map(rows::membership).collect();
        found
            .and_then(read)
            .map_err(failed("read where somebody belongs"))
    }
}

fn course(row: &AnyRow) -> sqlx::Result<Course> {
    Ok(Course {
        id: row.parse("id")?,
        code: row.text("code")?,
        title: row.text("title")?,
        created_at: row.time("created_at")?,
    })
}
